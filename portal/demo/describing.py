"""What people tell of their recordings in the demo: details, captions, chapters, papers; and what they throw away."""

from collections.abc import Sequence
from datetime import date, datetime

from portal.basics import subtitles
from portal.basics.subtitles import Cue
from portal.demo.organising import OrganisingActs
from portal.demo.people import HOUSE
from portal.domain import attachments, captions, chapters, library, publishing, the_bin
from portal.domain.library import Details
from portal.domain.publishing import Showing
from portal.domain.work import tools
from portal.storage.db import db
from portal.storage.models import Folder, User, VideoSession

Line = tuple[float, str]


class DescribingActs(OrganisingActs):
    """All that an owner does to a recording beside sharing it."""

    def describe(
        self,
        video_session: VideoSession,
        *,
        presenter: str,
        recorded_on: date,
        tags: Sequence[str] = (),
        by: User,
        at: datetime,
    ) -> None:
        """Say who speaks, when it was recorded, and by what words it is found."""
        folder = db.session.get(Folder, video_session.folder_id) if video_session.folder_id else None
        told = Details(video_session.title, video_session.description, presenter, recorded_on, tuple(tags))
        with self.acting(HOUSE, at):
            library.change_session(video_session, told, folder=folder, version=None, by=by, at=at)

    def caption(
        self, video_session: VideoSession, language: str, lines: Sequence[Line], *, by: User, at: datetime
    ) -> None:
        """Add captions: each line from its second on, until the next one begins."""
        ends = [begin for begin, _ in lines[1:]] + [lines[-1][0] + 4]
        cues = [
            Cue(round(begin * 1000), round(end * 1000) - 100, text)
            for (begin, text), end in zip(lines, ends, strict=True)
        ]
        name = f"captions-{language}.vtt"
        with self.acting(HOUSE, at):
            captions.add(video_session, language, subtitles.write(cues).encode(), name=name, by=by, at=at)

    def divide(self, video_session: VideoSession, parts: Sequence[Line], *, by: User, at: datetime) -> None:
        """Name the chapters."""
        wanted = [chapters.Shown(begin, title) for begin, title in parts]
        with self.acting(HOUSE, at):
            chapters.save(video_session, wanted, version=None, by=by, at=at)

    def put_beside(self, video_session: VideoSession, title: str, name: str, *, by: User, at: datetime) -> None:
        """Add a paper of one page that says what it is called."""
        file = tools().media.incoming_folder / name
        file.write_bytes(one_page(title))
        with attachments.stored(file, name=name) as stored, self.acting(HOUSE, at):
            attachments.add(video_session, stored, title=title, by=by, at=at)

    def allow_download(self, video_session: VideoSession, *, by: User, at: datetime) -> None:
        showing = Showing.of(video_session)
        allowed = Showing(showing.opens_at, showing.closes_at, showing.shows_name, allows_download=True)
        with self.acting(HOUSE, at):
            publishing.change(video_session, allowed, version=None, by=by, at=at)

    def throw_away(self, video_session: VideoSession, *, by: User, at: datetime) -> None:
        with self.acting(HOUSE, at):
            the_bin.put_in(video_session, by=by, at=at)


def one_page(words: str) -> bytes:
    """A PDF of one page with one line on it."""
    text = words.encode("latin-1", "replace").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
    drawn = b"BT /F1 24 Tf 72 480 Td (" + text + b") Tj ET"
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 842 595] /Contents 4 0 R"
            b" /Resources << /Font << /F1 5 0 R >> >> >>"
        ),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    made, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1)
    end = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(parts) + 1, len(made))
    return made + head + table + end
