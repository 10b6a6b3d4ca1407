"""A house to look around in: two organisations, four shelters, people with plainly invented names."""

from ngo.services.demo.make import SignIn, first_email, is_there, make_demo

__all__ = ["SignIn", "first_email", "is_there", "make_demo"]
