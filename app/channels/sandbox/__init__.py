"""The sandbox: a group in the browser, for trying the desk without any account. Same flows as the real channels."""
