"""Sample files made from the film clip: real ones of several kinds, and hostile ones that only look like videos."""

import random
import struct
import subprocess
import zipfile
from pathlib import Path

from portal.storage.media_tools import find_tools

CLIP = Path(__file__).parent / "samples" / "bigbuckbunny.mp4"
CLIP_SECONDS = 5.28
_ALL_AS_IT_IS = ("-map", "0", "-c", "copy")


class MediaSamples:
    """Makes each sample in its own folder, anew at each call; give the same name only once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def written(self, name: str, content: bytes | str) -> Path:
        """A file of just these bytes, whatever its name promises."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def made(self, name: str, *output: str, source: Path = CLIP, before: tuple[str, ...] = ()) -> Path:
        """A file that ffmpeg makes of the clip with these output options."""
        return self._ffmpeg(name, *before, "-i", str(source), *output)

    def drawn(self, name: str, picture: str, *output: str) -> Path:
        """A file that ffmpeg makes of a test picture (a lavfi source)."""
        return self._ffmpeg(name, "-f", "lavfi", "-i", picture, *output)

    def webm(self, name: str = "film.webm", *output: str) -> Path:
        return self.made(
            name,
            *("-t", "2", "-vf", "scale=320:180", "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"),
            *("-c:a", "libopus", "-ac", "2", *output),
        )

    def rotated(self, name: str = "phone.mov", *, source: Path = CLIP) -> Path:
        """A film as a phone held upright writes it: stored lying, with a matrix that turns it a quarter clockwise."""
        path = self.made(name, *_ALL_AS_IT_IS, "-t", "2", source=source)
        data = bytearray(path.read_bytes())
        matrix = data.index(b"tkhd") + 4 + 40
        one = 1 << 16
        data[matrix : matrix + 36] = struct.pack(">9i", 0, one, 0, -one, 0, 0, 720 * one, 0, 1 << 30)
        path.write_bytes(data)
        return path

    def a_film(
        self, name: str, size: str, *output: str, seconds: float = 4, rate: int = 15, between_keys: int = 60
    ) -> Path:
        """A test picture that moves and counts, with a tone: H.264 and AAC in stereo, as it may be copied."""
        picture, tone = f"testsrc2=s={size}:r={rate}:d={seconds}", f"sine=440:sample_rate=48000:d={seconds}"
        return self._ffmpeg(
            name,
            *("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", tone, "-pix_fmt", "yuv420p", "-c:v", "libx264"),
            *(
                "-preset",
                "ultrafast",
                "-g",
                str(between_keys),
                "-sc_threshold",
                "0",
                "-c:a",
                "aac",
                "-ac",
                "2",
                *output,
            ),
        )

    def crowded(self, tracks: int, name: str = "crowded.mp4") -> Path:
        """Sound alone, whose index describes its one track so many times over."""
        sound = self.made(f"one-{name}", "-map", "0:a", "-t", "0.1", "-c", "copy")
        data = sound.read_bytes()
        moov, trak = data.index(b"moov") - 4, data.index(b"trak") - 4
        track = data[trak : trak + int.from_bytes(data[trak : trak + 4])]
        index = data[moov + 4 : trak] + track * tracks
        return self.written(name, data[:moov] + (len(index) + 4).to_bytes(4) + index)

    def late(self, name: str, film: Path, stream: str) -> Path:
        """The film with one of its streams, "v" or "a", half a second after the other."""
        other = {"v": "a", "a": "v"}[stream]
        chosen = ("-map", f"0:{stream}", "-map", f"1:{other}", "-c", "copy")
        return self._ffmpeg(name, "-itsoffset", "0.5", "-i", str(film), "-i", str(film), *chosen)

    def of_wide_light(self, name: str, light: str, colour: str) -> Path:
        """A film of one colour (of BT.709), as telephones keep it in HLG ("arib-std-b67") or PQ ("smpte2084")."""
        usual = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"
        wide = f"zscale=p=bt2020:t={light}:m=bt2020nc:r=tv:npl=203,format=yuv420p10le"
        return self._ffmpeg(
            name,
            *("-f", "lavfi", "-i", f"color={colour}:s=320x180:r=10:d=2,scale=out_color_matrix=bt709,format=yuv420p"),
            *("-vf", f"{usual},zscale=t=linear:npl=203,format=gbrpf32le,{wide}"),
            *("-c:v", "libx264", "-preset", "ultrafast", "-color_trc", light),
            *("-color_primaries", "bt2020", "-colorspace", "bt2020nc"),
        )

    def ramp(self, name: str = "ramp.mp4", seconds: int = 8) -> Path:
        """A grey picture that tells its time: ten frames a second, each brighter by two than the one before."""
        return self._ffmpeg(
            name,
            *("-f", "lavfi", "-i", f"color=black:s=64x64:r=10:d={seconds}", "-vf", "geq=lum='40+2*N':cb=128:cr=128"),
            *("-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "1", "-g", "30"),
        )

    def led_elsewhere(self, film: Path, name: str = "elsewhere.mov") -> Path:
        """The film, whose index stands behind its media, saying that its media lie in the file `film` (an alias)."""
        data, elsewhere = bytearray(film.read_bytes()), str(film.resolve()).encode()
        alias = (
            bytes(10) + b"\x04" + b"disk".ljust(27, b"\0") + bytes(12) + b"\x04" + b"film".ljust(63, b"\0") + bytes(16)
        )
        alias += struct.pack(">hh", 1, 1) + bytes(16) + struct.pack(">hH", 2, len(elsewhere)) + elsewhere
        alias += b"\0" * (len(elsewhere) % 2) + struct.pack(">hH", -1, 0)
        entry = struct.pack(">I4sI", len(alias) + 12, b"alis", 0) + alias
        references = struct.pack(">I4sII", len(entry) + 16, b"dref", 0, 1) + entry
        places = [data.rindex(kind) - 4 for kind in (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref")]
        was = int.from_bytes(data[places[-1] : places[-1] + 4])
        data[places[-1] : places[-1] + was] = references
        for place in places[:-1]:
            data[place : place + 4] = (int.from_bytes(data[place : place + 4]) + len(references) - was).to_bytes(4)
        return self.written(name, bytes(data))

    def silent(self, name: str = "silent.mp4") -> Path:
        return self.made(name, "-map", "0:v", "-c", "copy")

    def sound_only(self, name: str = "sound.mp4") -> Path:
        return self.made(name, "-map", "0:a", "-c", "copy")

    def index_in_front(self, name: str = "front.mp4") -> Path:
        return self.made(name, *_ALL_AS_IT_IS, "-movflags", "+faststart")

    def index_behind(self, name: str = "behind.mp4") -> Path:
        return self.made(name, *_ALL_AS_IT_IS)

    def cut(self, source: Path, name: str, share: float = 0.5) -> Path:
        """The first part of a file, as an upload that broke off leaves it."""
        data = source.read_bytes()
        return self.written(name, data[: int(len(data) * share)])

    def damaged(self, name: str = "damaged.mp4", source: Path = CLIP) -> Path:
        """Noise over a tenth of the picture in the middle; the index is whole."""
        data = bytearray(source.read_bytes())
        middle, length = len(data) // 2, len(data) // 10
        data[middle : middle + length] = random.Random(1).randbytes(length)
        return self.written(name, bytes(data))

    def hollow(self, name: str = "hollow.mp4", *, source: Path | None = None) -> Path:
        """A cut file made long again with zeros, as a broken copy leaves it: every box is whole, the film is not."""
        data = (source or self.index_in_front(f"whole-{name}")).read_bytes()
        kept = len(data) // 2
        return self.written(name, data[:kept] + bytes(len(data) - kept))

    def zipped(self, name: str = "zip.mp4") -> Path:
        path = self.folder / name
        with zipfile.ZipFile(path, "w") as archive:
            archive.write(CLIP, "film.mp4")
        return path

    def _ffmpeg(self, name: str, *arguments: str) -> Path:
        path = self.folder / name
        subprocess.run(
            [find_tools().ffmpeg, "-nostdin", "-v", "error", "-y", *arguments, path], check=True, timeout=120
        )
        return path
