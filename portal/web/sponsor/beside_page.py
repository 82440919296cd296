"""The page of what goes with a recording, with whichever of its forms has faults."""

from flask import render_template
from flask_wtf import FlaskForm

from portal.domain import attachments, captions, chapters
from portal.domain.library import SessionPage
from portal.web.sponsor.captions_forms import CaptionsForm, ChaptersForm, PaperForm
from portal.web.sponsor.session_tags import head_tags
from portal.web.sponsor.sessions import tabs_of


def beside_page(shown: SessionPage, faulty: FlaskForm | None = None) -> str:
    """The page, with the form that has faults in its place: what was typed stays."""
    it = shown.video_session
    chapters_form = faulty if isinstance(faulty, ChaptersForm) else ChaptersForm.of(chapters.shown(it))
    return render_template(
        "sponsor/sessions/captions.html",
        shown=shown,
        tags=head_tags(shown),
        tabs=tabs_of(it, "sponsor.captions.show"),
        form=faulty,
        tracks=captions.tracks_of(it),
        papers=attachments.of_session(it),
        captions_form=faulty if isinstance(faulty, CaptionsForm) else CaptionsForm(formdata=None),
        chapters_form=chapters_form,
        paper_form=faulty if isinstance(faulty, PaperForm) else PaperForm(formdata=None),
    )
