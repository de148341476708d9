"""What each role can count on: registrants, admins, and people who are not registered."""
