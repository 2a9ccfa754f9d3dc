"""A campus: one site with hundreds of phones, each known in part to several sources, and what must be known of each."""
