"""Files of features: one format a module, written whole or resumed."""
