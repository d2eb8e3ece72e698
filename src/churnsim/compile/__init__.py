"""Compile: a scenario becomes the engine's plain arrays; names become indices."""
