"""`botcafe import payload`: the database of a Payload installation, imported whole or not at all."""
