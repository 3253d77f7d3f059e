"""DingTalk: the enterprise robot in HTTP mode, and the custom robot.

Source: developer pages receive-message, robot-message-type, custom-robots-send-group-messages.
"""
