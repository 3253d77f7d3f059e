"""Every line that the desk can say, as templates that a company may reword without touching code."""

from string import Formatter
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _with(*names: str) -> AfterValidator:
    """A template that may use `names` and nothing else."""

    def check(template: str) -> str:
        try:
            fields = [field for field in Formatter().parse(template) if field[1] is not None]
        except ValueError as error:
            raise ValueError(f"花括号没有配对（{error}）") from None
        if any(spec or conversion for _, _, spec, conversion in fields):
            raise ValueError("花括号里只能写名字，不要写冒号或感叹号")
        unknown = {name or "{}" for _, name, _, _ in fields} - set(names)
        if unknown:
            allowed = "、".join(f"{{{name}}}" for name in names) or "没有"
            raise ValueError(f"不认识 {'、'.join(sorted(unknown))}；这里能用的是：{allowed}")
        return template

    return AfterValidator(check)


_Plain = Annotated[str, Field(min_length=1), _with()]
_Desk = Annotated[str, Field(min_length=1), _with("desk")]
_Case = Annotated[str, Field(min_length=1), _with("number", "engineer", "phone", "reason")]
_Number = Annotated[str, Field(min_length=1), _with("number", "engineer", "reason", "words")]

_Silent = Annotated[str, Field(min_length=1), _with("number", "waited", "minutes", "desk")]
_Nobody = Annotated[str, Field(min_length=1), _with("number", "words", "waited", "desk")]
_Later = Annotated[str, Field(min_length=1), _with("number", "engineer", "phone", "reason", "when")]
_Cover = Annotated[str, Field(min_length=1), _with("number", "engineer", "when")]
_List = Annotated[str, Field(min_length=1), _with("list")]
_Words = Annotated[str, Field(min_length=1), _with("words")]
_Shift = Annotated[str, Field(min_length=1), _with("engineer", "words", "when", "list", "desk")]

_Page = Annotated[
    str, _with("number", "who", "where", "words", "guesses", "tried", "waited", "more", "pictures", "desk")
]
# What fits on a button of every platform.
_Button = Annotated[str, Field(min_length=1, max_length=10), _with()]
_Heading = Annotated[str, Field(min_length=1, max_length=26), _with()]
_Card = Annotated[str, Field(min_length=1), _with("number", "engineer", "time", "reason")]
_Incident = Annotated[
    str,
    Field(min_length=1),
    _with("number", "fault", "people", "engineer", "time", "news", "phone", "reason", "who", "words", "waited", "desk"),
]


class Lines(BaseModel):
    """Templates for `str.format`; which names each may use is checked when the file is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    answer_two: _Plain
    answer_error: Annotated[str, _with("finding")]
    answer_again: Annotated[str, _with("title")]
    answer_closing: _Plain
    last_closing: _Plain
    steps_title: _Plain
    next_steps: _Plain
    ask_device: _Plain
    group_reminder: _Desk
    ask_between: Annotated[str, _with("choices")]
    ask_apart: Annotated[str, _with("question", "choices")]
    ask_rephrase: _Plain
    ask_prompt_text: _Plain
    picture_added: _Plain
    picture_before_choice: _Plain
    picture_for_case: _Plain
    greeting: _Desk
    empty_mention: _Desk
    welcome: _Desk
    smalltalk: _Plain
    not_it: _Plain
    unreadable: _Plain
    still_unclear: _Plain
    detail_contact: Annotated[str, _with("phone", "on_duty")]
    nothing_more: _Plain
    acknowledged: _Plain
    solved: _Plain
    button_solved: _Button
    button_next: _Button
    button_still: _Button
    button_human: _Button
    button_none: _Button
    button_progress: _Button
    button_over: _Button
    button_chosen: Annotated[str, Field(min_length=1), _with("choice")]
    card_steps: _Heading
    card_question: _Heading
    card_case: _Heading
    card_taken: _Card
    card_closed: _Card
    card_over: _Desk
    card_foreign: _Desk
    secret_warning: Annotated[str, Field(min_length=1), _with("kinds")]
    slow_down: _Plain
    unheard: Annotated[str, Field(min_length=1), _with("phone")]
    handoff_asked: _Plain
    handoff_other_it: _Plain
    handoff_still: _Plain
    handoff_admin: _Plain
    handoff_opened: _Case
    handoff_opened_by_phone: _Case
    handoff_not_called: _Case
    handoff_joined: _Case
    handoff_later: _Later
    handoff_later_only: _Later
    handoff_usual_wait: Annotated[str, _with("minutes")]
    case_taken: _Case
    case_resolved: _Case
    case_escalated: _Case
    case_passed: _Case
    case_expired: _Case
    case_reopened: _Case
    case_nobody: _Case
    case_urgent: _Case
    case_urgent_already: _Case
    case_urgent_no_plan: _Case
    case_settled: _Case
    case_cancelled: _Case
    case_progress_waiting: _Case
    case_progress_taken: _Case
    page: _Page
    incident_joined: _Incident
    incident_taken: _Incident
    incident_news: _Incident
    incident_told: _Incident
    incident_over: _Incident
    page_incident: _Incident
    page_bundle: Annotated[str, _with("count", "pages", "desk")]
    page_again: Annotated[str, _with("times")]
    page_urgent: _Plain
    page_similar: _List
    page_closed: _Number
    page_nobody: _Nobody
    page_silent: _Silent
    page_offered: _Number
    page_added: _Number
    page_accepted: _Number
    page_not_accepted: _Number
    page_shift_soon: _Shift
    page_shift_begun: _Shift
    page_shift_unconfirmed: _Shift
    page_shift_stays: _Shift
    page_shift_silent: _Shift
    page_shift_taken: _Shift
    page_handed_over: _Shift
    page_cover_asked: Annotated[str, Field(min_length=1), _with("number", "engineer", "when", "list", "desk")]
    page_cover_agreed: _Cover
    page_cover_refused: _Cover
    page_cover_withdrawn: _Cover
    page_roster_weak: _List
    page_cannot_reach: Annotated[str, Field(min_length=1), _with("engineer", "reason")]
    page_quota: Annotated[str, Field(min_length=1), _with("words", "number", "limit")]
    page_audit: _List
    roster_title: _Plain
    page_untold: Annotated[str, Field(min_length=1), _with("number", "who", "reason")]
    undelivered: Annotated[str, Field(min_length=1), _with("reason")]
    undelivered_too: Annotated[str, Field(min_length=1), _with("who", "words")]
    unheard_reason: _Plain
    unheard_words: _Plain
    command_taken: _Number
    command_already_taken: _Number
    command_resolved: _Number
    command_no_such_case: _Number
    command_closed_before: _Number
    command_needs_number: Annotated[str, _with("open")]
    command_nothing_open: _Plain
    command_open_cases: Annotated[str, _with("open")]
    command_my_cases: Annotated[str, _with("open")]
    command_none_mine: _Plain
    command_declare_what: _Plain
    command_declared: _Number
    command_no_incident: _Plain
    command_news_told: _Number
    command_merge_what: _Plain
    command_merged: _Number
    command_split_what: _Plain
    command_split: _Number
    command_offered: _Number
    command_called: _Number
    command_taken_back: _Number
    command_nothing_offered: _Number
    command_added: _Number
    command_noted: _Number
    command_not_yours: _Number
    command_not_closed: _Number
    command_other_open: _Number
    command_to_whom: _Words
    command_which_one: _Words
    command_which_day: _Plain
    command_nobody_planned: _Plain
    command_teach_offer: Annotated[str, _with("number", "words")]
    command_taught: Annotated[str, Field(min_length=1), _with("words", "topic")]
    command_teach_what: _Words
    command_leave: _Cover
    command_leave_covered: _List
    command_leave_gap: _Plain
    command_leave_for_whom: _Plain
    command_no_shift_then: Annotated[str, Field(min_length=1), _with("when")]
    command_asked: _Cover
    command_agreed: _Cover
    command_refused: _Plain
    command_request_over: Annotated[str, Field(min_length=1), _with("engineer")]
    command_no_request: _Plain
    command_withdrawn: _Cover
    command_present: _List
    command_no_shift_to_confirm: _Plain
    command_passed_on: Annotated[str, Field(min_length=1), _with("engineer", "list")]
    command_nobody_follows: _Plain
    no_open_cases: _Plain
    command_on_duty: Annotated[str, _with("order", "reason")]
    not_an_engineer: _Plain
    no_reason: _Plain
    nothing_tried: _Plain
    reason_solved: _Plain
    reason_withdrawn: _Plain
    duty_elsewhere: _Plain
    duty_engineer: _Plain
