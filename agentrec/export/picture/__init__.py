"""Recordings as pictures: SVG, with Pillow PNG and GIF, and with PyAV videos.

``options``          what is shown of a recording, and how
``picture_frames``   the screens to show, each with how long it is shown
``picture_colors``   themes: what colors cells have
``cell_shapes``      lines, blocks and braille as shapes, which no font draws without gaps
``svg``              one picture, or all of them as an animation; ``svg_row`` draws its rows
``raster``           a screen as pixels
``glyphs``           characters and underlines as pixels
``picture_fonts``    our font, and those of the system
``png``, ``gif``     what Pillow writes
``video``            what PyAV writes
``render``           a recording given as events, or open, as a picture in one of these formats
"""
