"""Work across rooms: a partner from a template, the start page's to-do list, demo data, the books."""
