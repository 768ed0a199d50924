"""Controls that several widgets share; Orange's discovery looks for widgets beside this package, not in it."""
