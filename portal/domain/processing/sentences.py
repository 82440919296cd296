"""Why a recording could not be prepared, where that does not lie in its file."""

SOMETHING_WRONG = "This video could not be prepared, for a reason that lies with the portal. It can be tried again."
WORN_OUT = "Preparing this video was cut off three times. It can be tried again, or exported anew and uploaded."
NO_ROOM = "There is no room left to prepare this video. It can be tried again when space is free."
NO_TOOLS = "The portal has no video tools at present. It can be tried again when its admins have seen to it."
STORE_AWAY = "The portal could not reach its recordings. It can be tried again in a few minutes."
ORIGINAL_GONE = "The uploaded file is not there any more. Upload it again."
