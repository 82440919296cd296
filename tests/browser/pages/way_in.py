"""From a letter's link to the first password, and every later way to sign in."""

from playwright.sync_api import expect

from tests.browser.pages.screen import Screen


class Invitation(Screen):
    """What opens behind the link of an invitation."""

    path = "/invitation"

    def open_link(self, link: str) -> "Invitation":
        self.page.goto(link)
        return self

    def ask_for_code(self) -> None:
        self.press("Email me the code")
        self.shows("Enter the six digits")

    def give_code(self, code: str) -> None:
        self.page.get_by_label("Code from the mail").fill(code)
        self.press("Continue")


class SetUp(Screen):
    """Name, password twice, policy; the same form for guests and staff."""

    def fill(self, name: str, password: str, *, label: str = "Password") -> None:
        self.shows("Your name and a password")
        self.field("Your name").fill(name)
        # a password field has no role of its own
        self.page.get_by_label(label, exact=True).fill(password)
        self.page.get_by_label("The same password again", exact=True).fill(password)
        self.page.get_by_label("I have read the policy and accept it").check()

    def save(self, button: str) -> None:
        self.press(button)


class SignIn(Screen):
    path = "/sign-in"

    def sign_in(self, address: str, password: str) -> None:
        self.shows("Sign in")
        self.page.get_by_label("Mail address").fill(address)
        self.page.get_by_label("Password", exact=True).fill(password)
        self.press("Sign in")

    def sign_out(self) -> None:
        """From any page of somebody who is signed in."""
        self.page.locator("summary").filter(has_text="Account of").click()
        self.press("Sign out")
        self.says("You are signed out")


class Forgotten(Screen):
    path = "/password/forgotten"

    def ask(self, address: str) -> None:
        self.shows("Have a link mailed")
        self.page.get_by_label("Mail address").fill(address)
        self.press("Mail me the link")
        self.shows("Look into your mail")


class NewPassword(Screen):
    """A forgotten password's link, or the account's own page for changing it."""

    path = "/account/password"

    def choose(self, password: str) -> None:
        self.shows("Choose a new password")
        self._type(password)
        self.press("Save the new password")

    def change(self, present: str, password: str) -> None:
        self.shows("Change the password")
        self.page.get_by_label("Present password", exact=True).fill(present)
        self._type(password)
        self.press("Change the password")
        expect(self.heading).not_to_have_text("Change the password")

    def _type(self, password: str) -> None:
        self.page.get_by_label("New password", exact=True).fill(password)
        self.page.get_by_label("The same password again", exact=True).fill(password)
