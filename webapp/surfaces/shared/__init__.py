"""What the surfaces share: who is here, rendering, guards, forms, error pages, health."""
