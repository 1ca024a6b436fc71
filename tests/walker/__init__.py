"""The walker: every address, method and actor with every kind of foreign id, in a house of two partners (P13, P15)."""
