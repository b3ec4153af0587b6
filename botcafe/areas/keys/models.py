"""Import lines only: the tables of keys, for Django to find."""

from botcafe.areas.keys.collections.api_key import ApiKey as ApiKey
