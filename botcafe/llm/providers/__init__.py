"""What is known about providers: profiles, options, models and prices."""
