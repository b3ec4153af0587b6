"""What all pages share: layout context, errors, middleware, uploads and formatting."""
