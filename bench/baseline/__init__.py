"""What one would write by hand, to compare with. None of it is part of planhook."""
