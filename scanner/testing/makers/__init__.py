"""The surfaces of real devices by maker: functions from model and firmware to the services of a device.

Strings are spelled as in public sources; for a model without a source, as those of a similar model.
"""
