"""The parts of docs/ that are made of what planhook reads rules by: tables of the reference, the list of recipes."""
