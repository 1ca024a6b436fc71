"""The protocol itself: frames, XML, grammar, answers. Knows nothing about the objects behind it."""
