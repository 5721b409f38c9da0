"""The public face: pages for subscribers, and what machines ask of a site; no rule of its own."""
