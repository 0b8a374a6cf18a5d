"""The kill campaign: any process may die at any moment of Joe's call, and Joe still ends with somebody or something."""
