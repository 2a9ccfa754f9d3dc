"""The surfaces of real devices by maker: small functions from model and firmware to what such a device answers.

Strings are spelled as public sources show them (docs: where fingerprints come from); where no source shows a model's
own string, that of its sister model is followed.
"""
