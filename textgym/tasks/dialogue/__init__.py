"""Goal-oriented dialogue: a generated town of restaurants and an agenda-based user."""
