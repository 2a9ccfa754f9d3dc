"""Identification: fingerprint rules match single values, and the evidence of one device is combined to an identity."""
