"""A small gateway on this machine that speaks as Stripe Checkout and Przelewy24 do. No money moves."""
