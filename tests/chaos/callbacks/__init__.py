"""The kill campaign of promised callbacks: a worker or a clock may die at any line, and every promise is kept once."""
