"""WeCom: the AI bot in callback mode, and the group push webhook.

Source: developer pages 100719, 101027, 101031, 101033, 101138, 91770.
"""
