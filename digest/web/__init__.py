"""The public face: pages for readers, and what machines ask of a site; no rule of its own."""
