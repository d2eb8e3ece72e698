"""The scenario: what the user means, validated."""
