"""A city in which every secret can be told from every other, and a law written apart from the code.

``world`` makes it, ``routes`` says of every route how to ask it, ``law`` says who may learn what,
``steps`` asks at random, ``walk`` checks every answer and finds the shortest way to a leak.
"""
