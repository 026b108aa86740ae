"""Signal to spans: call-progress tones, music, line state."""
