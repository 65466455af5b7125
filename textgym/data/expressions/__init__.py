"""Python expressions by a grammar: their productions, their derivations, and targets to be found."""
