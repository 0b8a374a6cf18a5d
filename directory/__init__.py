"""Who works here, with what skills, when; who the patients are, and whose patients they are."""
