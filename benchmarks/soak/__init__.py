"""The soak: a city's year at speed through a whole Handrail, watched for what only time brings to light."""
