"""Running a library: what its work comes to in numbers, how long recordings stay, and copies of the whole."""
