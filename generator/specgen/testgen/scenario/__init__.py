"""Scenarios: tests of a system whose own steps a test neither makes nor sees."""
