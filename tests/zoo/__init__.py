"""The test of the tests: known mistakes, put into a copy of the tree one at a time, have to turn the suite red."""
