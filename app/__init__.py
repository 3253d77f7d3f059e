"""Zhiban: an IT support desk for WeCom and DingTalk groups. See README.md beside this file."""
