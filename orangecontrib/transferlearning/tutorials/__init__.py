"""Example workflows, offered in Orange's welcome dialog, and their images."""
