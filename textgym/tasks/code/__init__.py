"""Writing and repairing functions, judged by what they do."""
