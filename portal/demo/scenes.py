"""What the demo's recordings show: drawn scenes that differ at a glance."""

import math
import random

from portal.demo.canvas import HEIGHT, WIDTH, Canvas

_WHITE = (236, 240, 238)


def lecture(canvas: Canvas) -> None:
    """A speaker in a spotlight, a chart behind, the first row's heads."""
    canvas.gradient((14, 52, 58), (5, 18, 22))
    canvas.box(20, 14, 48, 31, (223, 233, 228))
    canvas.line([(26, 38), (35, 28), (43, 34), (59, 21)], 1.6, (11, 93, 102))
    canvas.polygon([(96, -2), (114, -2), (138, 92), (66, 92)], (240, 220, 150), 0.22)
    canvas.circle(103, 33, 6.5, (9, 24, 28))
    canvas.polygon([(93, 62), (94, 46), (98, 40), (108, 40), (112, 46), (113, 62)], (9, 24, 28))
    canvas.polygon([(86, 58), (120, 58), (116, 90), (90, 90)], (58, 38, 30))
    for x in range(6, 160, 17):
        canvas.ellipse(x, 90, 9, 9 + x % 3, (2, 8, 10))


def river_campus(canvas: Canvas) -> None:
    """Mountains before a low sun, a river in front."""
    canvas.gradient((26, 48, 84), (242, 164, 106), end=66)
    canvas.gradient((120, 96, 98), (24, 38, 58), begin=66)
    canvas.circle(112, 48, 11, (255, 238, 200))
    canvas.polygon([(-4, 66), (22, 42), (40, 56), (68, 32), (98, 58), (124, 46), (164, 68)], (28, 44, 66))
    canvas.polygon([(-4, 74), (30, 62), (62, 70), (96, 61), (130, 70), (164, 62), (164, 92), (-4, 92)], (14, 22, 34))
    canvas.polygon([(70, 92), (88, 70), (94, 70), (112, 92)], (214, 150, 112), 0.55)
    for x, height in ((20, 14), (30, 9), (136, 12)):
        canvas.box(x, 72 - height, 5, height, (10, 16, 26))


def laboratory(canvas: Canvas) -> None:
    """Window, test tubes and a flask on a bench."""
    canvas.gradient((205, 228, 224), (136, 180, 174))
    for x, y in ((14, 14), (30, 14), (14, 28), (30, 28)):
        canvas.box(x, y, 14.5, 12.5, (246, 250, 249))
    canvas.box(0, 68, WIDTH, 22, (36, 62, 60))
    for x, colour in ((74, (164, 62, 54)), (86, (11, 93, 102)), (98, (122, 92, 150))):
        canvas.box(x, 40, 7, 26, (240, 246, 245), 0.9)
        canvas.box(x, 54, 7, 12, colour)
        canvas.circle(x + 3.5, 65.5, 3.5, colour)
    canvas.polygon([(118, 34), (127, 34), (127, 48), (138, 68), (107, 68), (118, 48)], (238, 245, 244), 0.9)
    canvas.polygon([(114.5, 54), (130.3, 54), (138, 68), (107, 68)], (216, 140, 40))


def two_voices(canvas: Canvas) -> None:
    """Two people in talk before a large disc."""
    canvas.gradient((58, 42, 72), (132, 66, 54))
    canvas.circle(112, 24, 30, (214, 158, 112), 0.42)
    for x, size in ((56, 1.05), (104, 0.95)):
        canvas.circle(x, 40, 9.5 * size, (27, 18, 34))
        canvas.polygon([(x - 17, 92), (x - 13, 60), (x - 6, 54), (x + 6, 54), (x + 13, 60), (x + 17, 92)], (27, 18, 34))
    canvas.box(0, 80, WIDTH, 10, (16, 10, 18))


def tidal_mud(canvas: Canvas) -> None:
    """Bands of mud and water under a pale sky, with birds."""
    canvas.gradient((214, 222, 226), (236, 226, 206), end=40)
    shades = ((150, 142, 126), (122, 132, 132), (134, 118, 98), (92, 106, 110), (104, 86, 68), (70, 58, 48))
    for number, colour in enumerate(shades):
        top = 34 + number * 9.5
        wave = [(x, top + 2.4 * math.sin(x / (9 + number) + number)) for x in range(-4, 170, 2)]
        canvas.polygon([*wave, (170, HEIGHT + 2), (-4, HEIGHT + 2)], colour)
    for x, y in ((34, 14), (44, 19), (52, 12), (118, 22), (127, 17)):
        canvas.line([(x - 4, y - 2), (x, y), (x + 4, y - 2)], 0.7, (50, 54, 58))


def dunes(canvas: Canvas) -> None:
    """Sand, a white sun, a line of wells."""
    canvas.gradient((120, 176, 200), (240, 222, 184), end=66)
    canvas.circle(38, 20, 8, (255, 252, 238))
    canvas.polygon([(-4, 60), (40, 44), (92, 62), (150, 46), (166, 54), (166, 92), (-4, 92)], (222, 172, 106))
    canvas.polygon([(40, 44), (58, 50), (34, 72), (-4, 92), (-4, 60)], (196, 138, 78))
    canvas.polygon([(-4, 84), (60, 64), (120, 78), (166, 66), (166, 92), (-4, 92)], (176, 116, 62))
    for x in (92, 108, 124):
        canvas.ellipse(x, 74, 5, 1.8, (46, 96, 112))


def observatory(canvas: Canvas) -> None:
    """A dome under stars."""
    canvas.gradient((8, 12, 34), (48, 44, 84))
    stars = random.Random(26)  # noqa: S311 - a picture, the same each time
    for _ in range(90):
        canvas.circle(stars.uniform(0, WIDTH), stars.uniform(0, 66), stars.uniform(0.15, 0.55), _WHITE)
    canvas.polygon([(-4, 80), (50, 68), (110, 72), (166, 64), (166, 92), (-4, 92)], (10, 12, 20))
    canvas.circle(84, 58, 17, (186, 190, 204))
    canvas.box(66, 58, 36, 20, (112, 116, 136))
    canvas.polygon([(86, 40), (92, 42), (88, 58), (81, 58)], (16, 18, 34))
    canvas.line([(86, 54), (97, 36)], 3, (222, 226, 232))


def rehearsal(canvas: Canvas) -> None:
    """An empty stage behind a half-drawn curtain, with a stool in the light."""
    canvas.gradient((34, 24, 38), (18, 12, 22))
    canvas.polygon([(74, -2), (90, -2), (116, 74), (48, 74)], (246, 226, 178), 0.3)
    canvas.box(0, 72, WIDTH, 18, (92, 62, 44))
    canvas.ellipse(82, 75, 30, 4, (190, 150, 108))
    canvas.box(76, 54, 13, 3, (30, 22, 26))
    for x in (77, 86):
        canvas.box(x, 57, 1.6, 18, (30, 22, 26))
    for number in range(9):
        canvas.box(number * 6 - 2, -2, 5, 76, (138, 30 + number % 2 * 14, 44))
        canvas.box(WIDTH - number * 4, -2, 3.4, 76, (138, 30 + number % 2 * 14, 44))


def workshop(canvas: Canvas) -> None:
    """A pitch: boxes on a cold shelf, a rising row of bars."""
    canvas.gradient((230, 238, 244), (186, 206, 220))
    canvas.box(12, 16, 62, 58, (250, 252, 253))
    for x, height in ((20, 14), (32, 22), (44, 32), (56, 44)):
        canvas.box(x, 70 - height, 8, height, (11, 93, 102))
    canvas.box(92, 18, 56, 66, (58, 78, 96))
    for number, y in enumerate((24, 45, 66)):
        canvas.box(96, y, 48, 15, (206, 224, 234))
        for place in range(3):
            colour = ((214, 92, 72), (240, 188, 84), (112, 158, 142))[(number + place) % 3]
            canvas.box(99 + place * 15, y + 4, 11, 11, colour)
