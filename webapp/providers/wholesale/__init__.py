"""The wholesale side: whom the partner buys from."""
