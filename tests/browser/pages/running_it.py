"""An admin's pages."""

from tests.browser.pages.screen import Screen


class InviteStaff(Screen):
    path = "/admin/people/invite"

    def send(self, address: str, name: str, department: str) -> None:
        self.shows("Invite a sponsor or an admin")
        self.field("Mail address").fill(address)
        self.page.get_by_role("radio", name="Sponsor Owns").check()
        self.page.get_by_label("Name (optional)").fill(name)
        self.field("Department").fill(department)
        self.press("Send the invitation")


class NewPolicy(Screen):
    path = "/admin/policy/new"

    def publish(self, change: str) -> None:
        self.shows("Version 2 of the policy")
        self.field("What is new").fill(change)
        self.press("See what it means…")
        self.press("Publish version 2")
