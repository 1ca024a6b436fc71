"""What the tests stand on: throw-away databases, a real browser, accessibility checks; and their own tests."""
