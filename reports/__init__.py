"""What happened, and was it right: pure functions of a recorded history."""
