"""Who gets what answer where: actor × route × method (security.md, The answer to a no; ASVS 8.2.1 to 8.3.1).

Everything asked about belongs to one sponsor: a session on a folder, a guest named on it, with grant, sitting and
sign-in.

    stranger    nobody is signed in
    invited     has an invitation and has not set a password; holds the cookie of a sign-in nobody should ever get
    guest       named on the session, and on the event that shows it
    other       a guest named on nothing of this sponsor's
    ended       was named on the session until yesterday; began a sitting before
    disabled    was named on the session; the sign-in and a sitting are still in the tables
    sponsor     the owner
    foreign     another sponsor
    admin

Answers: `sign-in` leads to the sign-in page; `303` leads elsewhere, `422` is a form sent empty, `409` one that does not
say which version it changes, or a file that is not whole; `412` does not say which protocol it speaks, `415` is no
piece of a file: all mean that the function is open to this person. 404 is the answer to what is not
theirs, 403 to a function that is not theirs.
"""

from typing import NamedTuple

ACTORS = ("stranger", "invited", "guest", "other", "ended", "disabled", "sponsor", "foreign", "admin")

TABLE = """
#                                            stranger invited guest   other   ended   disabled sponsor foreign admin
GET  /                                       sign-in  sign-in 200     200     200     sign-in  303     303     303
GET  /account                                sign-in  sign-in 200     200     200     sign-in  200     200     200
POST /account/data                           sign-in  sign-in 200     200     200     sign-in  200     200     200
GET  /account/password                       sign-in  sign-in 200     200     200     sign-in  200     200     200
POST /account/password                       sign-in  sign-in 422     422     422     sign-in  422     422     422
GET  /account/sign-ins                       sign-in  sign-in 200     200     200     sign-in  200     200     200
POST /account/sign-ins/<key>/end             sign-in  sign-in 303     404     404     sign-in  404     404     404
POST /account/sign-ins/end-all               sign-in  sign-in sign-in sign-in sign-in sign-in  sign-in sign-in sign-in
POST /account/sign-ins/end-others            sign-in  sign-in 303     303     303     sign-in  303     303     303
GET  /admin/audit                            sign-in  sign-in 403     403     403     sign-in  403     403     200
POST /admin/audit/check                      sign-in  sign-in 403     403     403     sign-in  403     403     303
GET  /admin/mail                             sign-in  sign-in 403     403     403     sign-in  403     403     200
GET  /admin/mail/<int:email_id>              sign-in  sign-in 403     403     403     sign-in  403     403     200
GET  /admin/mail/<int:email_id>/html         404      404     403     403     403     404      403     403     200
POST /admin/mail/<int:email_id>/try          sign-in  sign-in 403     403     403     sign-in  403     403     303
GET  /admin/people                           sign-in  sign-in 403     403     403     sign-in  403     403     200
GET  /admin/people/<key>                     sign-in  sign-in 403     403     403     sign-in  403     403     200
GET  /admin/people/<key>/disable             sign-in  sign-in 403     403     403     sign-in  403     403     200
POST /admin/people/<key>/disable             sign-in  sign-in 403     403     403     sign-in  403     403     422
POST /admin/people/<key>/enable              sign-in  sign-in 403     403     403     sign-in  403     403     303
GET  /admin/people/<key>/hand-over           sign-in  sign-in 403     403     403     sign-in  403     403     200
POST /admin/people/<key>/hand-over           sign-in  sign-in 403     403     403     sign-in  403     403     422
POST /admin/people/<key>/invitation          sign-in  sign-in 403     403     403     sign-in  403     403     303
GET  /admin/people/<key>/role                sign-in  sign-in 403     403     403     sign-in  403     403     200
POST /admin/people/<key>/role                sign-in  sign-in 403     403     403     sign-in  403     403     422
POST /admin/people/<key>/sign-ins/end        sign-in  sign-in 403     403     403     sign-in  403     403     303
GET  /admin/people/<key>/withdraw            sign-in  sign-in 403     403     403     sign-in  403     403     200
POST /admin/people/<key>/withdraw            sign-in  sign-in 403     403     403     sign-in  403     403     303
GET  /admin/people/invite                    sign-in  sign-in 403     403     403     sign-in  403     403     200
POST /admin/people/invite                    sign-in  sign-in 403     403     403     sign-in  403     403     422
GET  /admin/policy                           sign-in  sign-in 403     403     403     sign-in  403     403     200
POST /admin/policy                           sign-in  sign-in 403     403     403     sign-in  403     403     422
GET  /admin/policy/<int:version>             sign-in  sign-in 403     403     403     sign-in  403     403     200
GET  /admin/policy/new                       sign-in  sign-in 403     403     403     sign-in  403     403     200
POST /admin/policy/new                       sign-in  sign-in 403     403     403     sign-in  403     403     422
GET  /admin/sharing                          sign-in  sign-in 403     403     403     sign-in  403     403     200
POST /admin/sharing                          sign-in  sign-in 403     403     403     sign-in  403     403     422
GET  /admin/trace                            sign-in  sign-in 403     403     403     sign-in  403     403     200
POST /admin/trace                            sign-in  sign-in 403     403     403     sign-in  403     403     422
GET  /admin/trace/<key>                      sign-in  sign-in 403     403     403     sign-in  403     403     200
GET  /alive                                  200      200     200     200     200     200      200     200     200
GET  /bin                                    sign-in  sign-in 403     403     403     sign-in  200     200     200
GET  /bin/<key>/delete                       sign-in  sign-in 403     403     403     sign-in  200     404     200
POST /bin/<key>/delete                       sign-in  sign-in 403     403     403     sign-in  303     404     303
POST /bin/<key>/restore                      sign-in  sign-in 403     403     403     sign-in  303     404     303
GET  /events                                 sign-in  sign-in 403     403     403     sign-in  200     200     200
GET  /events/<key>                           sign-in  sign-in 403     403     403     sign-in  200     404     200
GET  /events/<key>/assignments               sign-in  sign-in 403     403     403     sign-in  200     404     200
POST /events/<key>/assignments               sign-in  sign-in 403     403     403     sign-in  303     404     303
GET  /events/<key>/assignments/<guest_key>   sign-in  sign-in 403     403     403     sign-in  200     404     200
POST /events/<key>/assignments/<guest_key>   sign-in  sign-in 403     403     403     sign-in  303     404     303
GET  /events/<key>/assignments/spread        sign-in  sign-in 403     403     403     sign-in  422     404     422
POST /events/<key>/assignments/spread        sign-in  sign-in 403     403     403     sign-in  422     404     422
POST /events/<key>/folders/<folder_key>/take-out sign-in sign-in 403  403     403     sign-in  303     404     303
GET  /events/<key>/closing                   sign-in  sign-in 403     403     403     sign-in  200     404     200
POST /events/<key>/closing                   sign-in  sign-in 403     403     403     sign-in  422     404     422
POST /events/<key>/reopening                 sign-in  sign-in 403     403     403     sign-in  303     404     303
GET  /events/<key>/delete                    sign-in  sign-in 403     403     403     sign-in  303     404     303
POST /events/<key>/delete                    sign-in  sign-in 403     403     403     sign-in  303     404     303
GET  /events/<key>/list                      sign-in  sign-in 403     403     403     sign-in  200     404     200
POST /events/<key>/list                      sign-in  sign-in 403     403     403     sign-in  422     404     422
GET  /events/<key>/judging                   sign-in  sign-in 403     403     403     sign-in  200     404     200
GET  /events/<key>/judging/criteria          sign-in  sign-in 403     403     403     sign-in  200     404     200
POST /events/<key>/judging/criteria          sign-in  sign-in 403     403     403     sign-in  409     404     409
GET  /events/<key>/judging/criteria/<criterion_key> sign-in sign-in 403 403 403 sign-in 200 404 200
POST /events/<key>/judging/criteria/<criterion_key> sign-in sign-in 403 403 403 sign-in 422 404 422
POST /events/<key>/judging/criteria/<criterion_key>/move sign-in sign-in 403 403 403 sign-in 303 404 303
POST /events/<key>/judging/criteria/<criterion_key>/put-back sign-in sign-in 403 403 403 sign-in 303 404 303
GET  /events/<key>/judging/criteria/<criterion_key>/remove sign-in sign-in 403 403 403 sign-in 200 404 200
POST /events/<key>/judging/criteria/<criterion_key>/remove sign-in sign-in 403 403 403 sign-in 303 404 303
GET  /events/<key>/judging/criteria/new      sign-in  sign-in 403     403     403     sign-in  200     404     200
POST /events/<key>/judging/criteria/new      sign-in  sign-in 403     403     403     sign-in  422     404     422
POST /events/<key>/judging/export            sign-in  sign-in 403     403     403     sign-in  400     404     400
GET  /events/<key>/judging/judges            sign-in  sign-in 403     403     403     sign-in  200     404     200
GET  /events/<key>/judging/sessions/<session_key> sign-in sign-in 403 403     403     sign-in  200     404     200
POST /events/<key>/judging/sheets/<sheet_key>/reopen sign-in sign-in 403 403  403     sign-in  303     404     303
GET  /events/<key>/letters                   sign-in  sign-in 403     403     403     sign-in  200     404     200
POST /events/<key>/letters                   sign-in  sign-in 403     403     403     sign-in  422     404     422
GET  /events/<key>/people                    sign-in  sign-in 403     403     403     sign-in  200     404     200
POST /events/<key>/people/check              sign-in  sign-in 403     403     403     sign-in  422     404     422
GET  /events/<key>/people/chosen/change      sign-in  sign-in 403     403     403     sign-in  200     404     200
POST /events/<key>/people/chosen/change      sign-in  sign-in 403     403     403     sign-in  422     404     422
POST /events/<key>/people/chosen/check       sign-in  sign-in 403     403     403     sign-in  422     404     422
GET  /events/<key>/people/chosen/end         sign-in  sign-in 403     403     403     sign-in  200     404     200
POST /events/<key>/people/chosen/end         sign-in  sign-in 403     403     403     sign-in  303     404     303
POST /events/<key>/people/send               sign-in  sign-in 403     403     403     sign-in  422     404     422
GET  /events/<key>/report                    sign-in  sign-in 403     403     403     sign-in  200     404     200
POST /events/<key>/report                    sign-in  sign-in 403     403     403     sign-in  400     404     400
GET  /events/<key>/sessions                  sign-in  sign-in 403     403     403     sign-in  200     404     200
POST /events/<key>/sessions                  sign-in  sign-in 403     403     403     sign-in  303     404     303
POST /events/<key>/sessions/<session_key>/take-out sign-in sign-in 403 403    403     sign-in  303     404     303
GET  /events/<key>/settings                  sign-in  sign-in 403     403     403     sign-in  200     404     200
POST /events/<key>/settings                  sign-in  sign-in 403     403     403     sign-in  422     404     422
GET  /events/new                             sign-in  sign-in 403     403     403     sign-in  200     200     200
POST /events/new                             sign-in  sign-in 403     403     403     sign-in  422     422     422
GET  /folders/<key>                          sign-in  sign-in 403     403     403     sign-in  200     404     200
GET  /folders/<key>/delete                   sign-in  sign-in 403     403     403     sign-in  200     404     200
POST /folders/<key>/delete                   sign-in  sign-in 403     403     403     sign-in  303     404     303
POST /folders/<key>/events/<event_key>/take-out sign-in sign-in 403   403     403     sign-in  303     404     303
GET  /folders/<key>/list                     sign-in  sign-in 403     403     403     sign-in  200     404     200
POST /folders/<key>/list                     sign-in  sign-in 403     403     403     sign-in  422     404     422
GET  /folders/<key>/people                   sign-in  sign-in 403     403     403     sign-in  200     404     200
POST /folders/<key>/people/check             sign-in  sign-in 403     403     403     sign-in  422     404     422
GET  /folders/<key>/people/chosen/change     sign-in  sign-in 403     403     403     sign-in  200     404     200
POST /folders/<key>/people/chosen/change     sign-in  sign-in 403     403     403     sign-in  422     404     422
POST /folders/<key>/people/chosen/check      sign-in  sign-in 403     403     403     sign-in  422     404     422
GET  /folders/<key>/people/chosen/end        sign-in  sign-in 403     403     403     sign-in  200     404     200
POST /folders/<key>/people/chosen/end        sign-in  sign-in 403     403     403     sign-in  303     404     303
POST /folders/<key>/people/send              sign-in  sign-in 403     403     403     sign-in  422     404     422
GET  /folders/<key>/settings                 sign-in  sign-in 403     403     403     sign-in  200     404     200
POST /folders/<key>/settings                 sign-in  sign-in 403     403     403     sign-in  422     404     422
GET  /folders/new                            sign-in  sign-in 403     403     403     sign-in  200     200     200
POST /folders/new                            sign-in  sign-in 403     403     403     sign-in  422     422     422
GET  /grants/<int:grant_id>                  sign-in  sign-in 403     403     403     sign-in  200     404     200
POST /grants/<int:grant_id>                  sign-in  sign-in 403     403     403     sign-in  303     404     303
GET  /grants/<int:grant_id>/revoke           sign-in  sign-in 403     403     403     sign-in  200     404     200
POST /grants/<int:grant_id>/revoke           sign-in  sign-in 403     403     403     sign-in  303     404     303
GET  /guests                                 sign-in  sign-in 403     403     403     sign-in  200     200     200
GET  /guests/<key>                           sign-in  sign-in 403     403     403     sign-in  200     404     200
GET  /guests/<key>/address                   sign-in  sign-in 403     403     403     sign-in  303     404     303
POST /guests/<key>/address                   sign-in  sign-in 403     403     403     sign-in  422     404     422
GET  /guests/<key>/end                       sign-in  sign-in 403     403     403     sign-in  200     404     200
POST /guests/<key>/end                       sign-in  sign-in 403     403     403     sign-in  303     404     303
POST /guests/<key>/invitation/again          sign-in  sign-in 403     403     403     sign-in  303     404     303
GET  /guests/<key>/invitation/withdraw       sign-in  sign-in 403     403     403     sign-in  303     404     303
POST /guests/<key>/invitation/withdraw       sign-in  sign-in 403     403     403     sign-in  303     404     303
GET  /guests/<key>/seen                      sign-in  sign-in 403     403     403     sign-in  200     404     200
POST /guests/<key>/seen                      sign-in  sign-in 403     403     403     sign-in  303     404     303
GET  /guests/<key>/why                       sign-in  sign-in 403     403     403     sign-in  200     404     200
GET  /guests/<key>/why/<session_key>         sign-in  sign-in 403     403     403     sign-in  200     404     200
GET  /help                                   200      200     200     200     200     200      200     200     200
GET  /how-to-tell                            200      200     200     200     200     200      200     200     200
GET  /invitation                             404      404     404     404     404     404      404     404     404
GET  /invitation/account                     303      303     303     303     303     303      303     303     303
POST /invitation/account                     303      303     303     303     303     303      303     303     303
POST /invitation/again                       303      303     303     303     303     303      303     303     303
GET  /invitation/code                        303      303     303     303     303     303      303     303     303
POST /invitation/code                        303      303     303     303     303     303      303     303     303
POST /invitation/code/check                  303      303     303     303     303     303      303     303     303
POST /invitation/sign-out                    303      303     303     303     303     303      303     303     303
GET  /invitations/<token>                    303      303     303     303     303     303      303     303     303
GET  /lists/<key>                            sign-in  sign-in 403     403     403     sign-in  200     404     404
GET  /lists/<key>/columns                    sign-in  sign-in 403     403     403     sign-in  200     404     404
POST /lists/<key>/columns                    sign-in  sign-in 403     403     403     sign-in  422     404     404
POST /lists/<key>/correct                    sign-in  sign-in 403     403     403     sign-in  303     404     404
GET  /lists/<key>/left-out.csv               sign-in  sign-in 403     403     403     sign-in  200     404     404
POST /lists/<key>/send                       sign-in  sign-in 403     403     403     sign-in  303     404     404
GET  /media/<stream_key>/<int:version>/<name>.m3u8 404      404     200     404     404     404      404     404     404
GET  /media/<stream_key>/<int:version>/<name>.mp4 404      404     200     404     404     404      404     404     404
GET  /media/<stream_key>/<int:version>/master.m3u8 404      404     200     404     404     404      404     404     404
GET  /media/<stream_key>/<int:version>/storyboard-<name>.jpg 404 404 200 404 404 404 404 404 404
GET  /media/<stream_key>/<int:version>/storyboard.vtt 404 404 200 404 404 404 404 404 404
GET  /media/<stream_key>/captions/<track_key>.vtt 404      404     200     404     404     404      404     404     404
GET  /media/<stream_key>/download            404      404     200     404     404     404      404     404     404
GET  /media/<stream_key>/film                404      404     200     404     404     404      404     404     404
GET  /password/forgotten                     200      200     200     200     200     200      200     200     200
POST /password/forgotten                     422      422     422     422     422     422      422     422     422
GET  /password/forgotten/sent                200      200     200     200     200     200      200     200     200
GET  /password/reset                         410      410     410     410     410     410      410     410     410
POST /password/reset                         410      410     410     410     410     410      410     410     410
GET  /password/reset/<token>                 303      303     303     303     303     303      303     303     303
GET  /players/<stream_key>/farewell          404      404     404     404     404     404      404     404     404
POST /players/<stream_key>/report            sign-in  sign-in 400     400     400     sign-in  400     400     400
GET  /players/<stream_key>/state             sign-in  sign-in 200     404     200     sign-in  404     404     404
GET  /policy                                 200      200     200     200     200     200      200     200     200
GET  /policy/accept                          sign-in  sign-in 303     303     303     sign-in  303     303     303
POST /policy/accept                          sign-in  sign-in 422     422     422     sign-in  422     422     422
GET  /posters/<key>                          404      404     200     404     404     404      200     404     200
GET  /privacy                                200      200     200     200     200     200      200     200     200
GET  /requests                               sign-in  sign-in 403     403     403     sign-in  200     200     200
POST /requests/<key>                         sign-in  sign-in 403     403     403     sign-in  422     404     422
POST /resets                                 sign-in  sign-in 403     403     403     sign-in  422     422     422
GET  /resets/<key>                           sign-in  sign-in 403     403     403     sign-in  200     404     200
POST /resets/<key>/letters                   sign-in  sign-in 403     403     403     sign-in  303     404     303
GET  /resets/new                             sign-in  sign-in 403     403     403     sign-in  200     200     200
GET  /search                                 sign-in  sign-in 200     200     200     sign-in  303     303     303
GET  /sessions                               sign-in  sign-in 403     403     403     sign-in  200     200     200
GET  /sessions/<key>                         sign-in  sign-in 403     403     403     sign-in  200     404     200
POST /sessions/<key>/attachments             sign-in  sign-in 403     403     403     sign-in  422     404     422
GET  /sessions/<key>/attachments/<attachment_key>/remove sign-in sign-in 403 403 403 sign-in 200 404 200
POST /sessions/<key>/attachments/<attachment_key>/remove sign-in sign-in 403 403 403 sign-in 303 404 303
GET  /sessions/<key>/captions                sign-in  sign-in 403     403     403     sign-in  200     404     200
POST /sessions/<key>/captions                sign-in  sign-in 403     403     403     sign-in  422     404     422
GET  /sessions/<key>/captions/<track_key>.vtt sign-in  sign-in 403     403     403     sign-in  200     404     200
GET  /sessions/<key>/captions/<track_key>/remove sign-in  sign-in 403     403     403     sign-in  200     404     200
POST /sessions/<key>/captions/<track_key>/remove sign-in  sign-in 403     403     403     sign-in  303     404     303
POST /sessions/<key>/chapters                sign-in  sign-in 403     403     403     sign-in  409     404     409
POST /sessions/<key>/co-owners               sign-in  sign-in 403     403     403     sign-in  422     404     422
GET  /sessions/<key>/co-owners/<user_key>/remove sign-in  sign-in 403     403     403     sign-in  200     404     200
POST /sessions/<key>/co-owners/<user_key>/remove sign-in  sign-in 403     403     403     sign-in  303     404     303
GET  /sessions/<key>/delete                  sign-in  sign-in 403     403     403     sign-in  200     404     200
POST /sessions/<key>/delete                  sign-in  sign-in 403     403     403     sign-in  303     404     303
POST /sessions/<key>/events/<event_key>/take-out sign-in sign-in 403  403     403     sign-in  303     404     303
GET  /sessions/<key>/frames/<int:version>/<name>.jpg 404 404 403 403 403 404 200 404 200
GET  /sessions/<key>/list                    sign-in  sign-in 403     403     403     sign-in  200     404     200
POST /sessions/<key>/list                    sign-in  sign-in 403     403     403     sign-in  422     404     422
POST /sessions/<key>/password                sign-in  sign-in 403     403     403     sign-in  422     404     422
GET  /sessions/<key>/password/remove         sign-in  sign-in 403     403     403     sign-in  303     404     303
POST /sessions/<key>/password/remove         sign-in  sign-in 403     403     403     sign-in  303     404     303
GET  /sessions/<key>/people                  sign-in  sign-in 403     403     403     sign-in  200     404     200
POST /sessions/<key>/people/check            sign-in  sign-in 403     403     403     sign-in  422     404     422
GET  /sessions/<key>/people/chosen/change    sign-in  sign-in 403     403     403     sign-in  200     404     200
POST /sessions/<key>/people/chosen/change    sign-in  sign-in 403     403     403     sign-in  422     404     422
POST /sessions/<key>/people/chosen/check     sign-in  sign-in 403     403     403     sign-in  422     404     422
GET  /sessions/<key>/people/chosen/end       sign-in  sign-in 403     403     403     sign-in  200     404     200
POST /sessions/<key>/people/chosen/end       sign-in  sign-in 403     403     403     sign-in  303     404     303
POST /sessions/<key>/people/send             sign-in  sign-in 403     403     403     sign-in  422     404     422
POST /sessions/<key>/poster                  sign-in  sign-in 403     403     403     sign-in  422     404     422
POST /sessions/<key>/poster/picture          sign-in  sign-in 403     403     403     sign-in  422     404     422
GET  /sessions/<key>/progress                sign-in  sign-in 403     403     403     sign-in  200     404     200
POST /sessions/<key>/publish                 sign-in  sign-in 403     403     403     sign-in  303     404     303
POST /sessions/<key>/retry                   sign-in  sign-in 403     403     403     sign-in  303     404     303
GET  /sessions/<key>/settings                sign-in  sign-in 403     403     403     sign-in  200     404     200
POST /sessions/<key>/settings                sign-in  sign-in 403     403     403     sign-in  422     404     422
GET  /sessions/<key>/unpublish               sign-in  sign-in 403     403     403     sign-in  200     404     200
POST /sessions/<key>/unpublish               sign-in  sign-in 403     403     403     sign-in  303     404     303
GET  /sessions/<key>/upload                  sign-in  sign-in 403     403     403     sign-in  200     404     200
POST /sessions/<key>/upload                  sign-in  sign-in 403     403     403     sign-in  422     404     422
GET  /sessions/<key>/video                   sign-in  sign-in 403     403     403     sign-in  200     404     200
GET  /sessions/<key>/video/give-up           sign-in  sign-in 403     403     403     sign-in  303     404     303
POST /sessions/<key>/video/give-up           sign-in  sign-in 403     403     403     sign-in  303     404     303
POST /sessions/<key>/video/trim              sign-in  sign-in 403     403     403     sign-in  422     404     422
GET  /sessions/<key>/watching                sign-in  sign-in 403     403     403     sign-in  200     404     200
POST /sessions/<key>/watching                sign-in  sign-in 403     403     403     sign-in  409     404     409
GET  /sessions/new                           sign-in  sign-in 403     403     403     sign-in  200     200     200
POST /sessions/new                           sign-in  sign-in 403     403     403     sign-in  422     422     422
GET  /sign-in                                200      200     303     303     303     200      303     303     303
POST /sign-in                                422      422     422     422     422     422      422     422     422
POST /sign-out                               sign-in  sign-in sign-in sign-in sign-in sign-in  sign-in sign-in sign-in
GET  /today                                  sign-in  sign-in 403     403     403     sign-in  200     200     200
POST /uploads                                sign-in  sign-in 403     403     403     sign-in  412     412     412
GET  /uploads/<key>                          sign-in  sign-in 403     403     403     sign-in  200     404     404
PATCH /uploads/<key>                         sign-in  sign-in 403     403     403     sign-in  415     415     415
DELETE /uploads/<key>                        sign-in  sign-in 403     403     403     sign-in  412     412     412
POST /uploads/<key>/finish                   sign-in  sign-in 403     403     403     sign-in  409     404     404
GET  /uploads/<key>/give-up                  sign-in  sign-in 403     403     403     sign-in  200     404     404
POST /uploads/<key>/give-up                  sign-in  sign-in 403     403     403     sign-in  303     404     404
GET  /watch/<key>                            sign-in  sign-in 200     404     403     sign-in  200     404     200
GET  /watch/<key>/attachments/<attachment_key> 404      404     200     404     404     404      200     404     200
POST /watch/<key>/ask                        sign-in  sign-in 303     404     303     sign-in  303     404     303
POST /watch/<key>/password                   sign-in  sign-in 303     404     303     sign-in  303     404     303
POST /watch/<key>/play                       sign-in  sign-in 303     404     303     sign-in  303     404     303
GET  /watch/<key>/move                       sign-in  sign-in 303     404     303     sign-in  303     404     303
POST /watch/<key>/opened                     sign-in  sign-in 204     404     404     sign-in  204     404     204
GET  /watch/<key>/score-sheets/<event_key>   sign-in  sign-in 200     404     404     sign-in  404     404     404
POST /watch/<key>/score-sheets/<event_key>   sign-in  sign-in 409     404     404     sign-in  404     404     404
POST /watch/<key>/score-sheets/<event_key>/final sign-in sign-in 409  404     404     sign-in  404     404     404
POST /watch/<key>/score-sheets/<event_key>/stand-aside sign-in sign-in 422 404 404    sign-in  404     404     404
GET  /watch/<key>/transcript                 sign-in  sign-in 200     404     403     sign-in  200     404     200
GET  /watch/events/<key>                     sign-in  sign-in 200     404     404     sign-in  404     404     404
GET  /watch/events/<key>/calendar.ics        sign-in  sign-in 200     404     404     sign-in  404     404     404
"""


class Line(NamedTuple):
    """One route with one method, and the answer for each actor."""

    method: str
    route: str
    answers: dict[str, str]

    @property
    def name(self) -> str:
        return f"{self.method} {self.route}"


def lines() -> list[Line]:
    """The table, read."""
    rows = [row.split() for row in TABLE.splitlines() if row.strip() and not row.startswith("#")]
    return [Line(method, route, dict(zip(ACTORS, answers, strict=True))) for method, route, *answers in rows]
