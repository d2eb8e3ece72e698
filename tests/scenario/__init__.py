"""Tests of scenario files and books."""
