"""The room that joins the others: search, cart, checkout, activation, renewal."""
