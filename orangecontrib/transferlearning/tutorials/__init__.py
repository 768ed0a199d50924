"""Example workflows of Orange's welcome window, and their images."""
