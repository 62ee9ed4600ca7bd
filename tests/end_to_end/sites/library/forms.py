"""The counter's forms."""

from django import forms


class LoanForm(forms.Form):
    isbn = forms.RegexField(r"^\d{13}$")
    reader = forms.CharField(max_length=40)
    weeks = forms.IntegerField(min_value=1, max_value=8)
