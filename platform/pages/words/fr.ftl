# Ce que disent toutes les pages.
skip = Aller au contenu
nav-pages = Pages
nav-languages = Langues
more = Suite
back = Retour
date-day = { $day } { $month } { $year }
date-time = { $date } à { $time }
month-1 = janvier
month-2 = février
month-3 = mars
month-4 = avril
month-5 = mai
month-6 = juin
month-7 = juillet
month-8 = août
month-9 = septembre
month-10 = octobre
month-11 = novembre
month-12 = décembre
span-minutes = { $count ->
    [one] { $shown } minute
   *[other] { $shown } minutes
}
span-hours = { $count ->
    [one] { $shown } heure
   *[other] { $shown } heures
}
span-days = { $count ->
    [one] { $shown } jour
   *[other] { $shown } jours
}
sign-in = Se connecter
sign-out = Se déconnecter
sign-in-contact = Courriel ou téléphone
sign-in-password = Mot de passe
sign-in-hint = Sans mot de passe, demandez un code.
code-ask = M’envoyer un code
code-invited = Vous êtes invité. Connectez-vous pour commencer.
code-sent = S’il existe un compte, un code a été envoyé à { $contact }.
code-digits = Les six chiffres
code-again = Recommencer
faults-title = À vérifier
fault-other = Ce n’est pas correct. Vérifiez.
fault-missing = À remplir, s’il vous plaît.
fault-blank = À remplir, s’il vous plaît.
fault-too-long = C’est trop long.
fault-too-short = C’est trop court.
fault-wrong-count = Il y en a trop ou trop peu.
fault-bad-character = Certains caractères ne peuvent pas servir.
fault-wrong-type = Ce n’est pas du bon type.
fault-wrong-form = Ce n’est pas une adresse ou un numéro utilisable.
fault-out-of-range = C’est hors des limites.
fault-unknown-choice = Choisissez parmi ce qui est proposé.
fault-unknown-language = Choisissez une des langues proposées.
fault-not-a-number = Donnez un nombre.
fault-not-a-time = Donnez une date et une heure, comme 2026-03-01T08:30:00Z.
fault-not-a-place = Donnez latitude et longitude en degrés, comme 42.36 et -71.06.
fault-bad-photo = Ce n’est pas une image utilisable.
fault-photo-later = L’image n’a pas pu être reçue. Réessayez dans un instant, ou envoyez sans elle.
fault-unknown = Ce n’est pas connu ici.
fault-repeated = Ceci figure deux fois.
refusal-wrong-sign-in = Cela ne correspond pas. Vérifiez et réessayez.
refusal-no-channel = Aucun code ne peut être envoyé ainsi. Utilisez votre mot de passe.
refusal-too-many-tries = Trop d’essais. Attendez un instant et réessayez.
refusal-key-used-otherwise = Ce formulaire a déjà été envoyé. Rouvrez la page.
refusal-cross-site = Cela a été envoyé depuis un autre site. Ouvrez la page ici et renvoyez-le.
refusal-changed-meanwhile = Quelqu’un a modifié cette demande entre-temps. Relisez-la, puis décidez.
error-400 = Illisible
error-400-text = Quelque chose ne va pas dans l’envoi. Revenez en arrière et réessayez.
error-401 = Votre connexion est terminée
error-401-text = Rien n’a été modifié. Reconnectez-vous, revenez en arrière et renvoyez.
error-403 = Vous n’avez pas ce droit
error-403-text = Votre compte n’a pas droit à cette page. S’il le devrait, demandez à qui le gère.
error-404 = Il n’y a rien ici
error-404-text = La page ou la demande n’existe pas, ou n’est pas publique.
error-405 = Impossible ici
error-405-text = Ouvrez la page depuis le début.
error-408 = L’envoi a pris trop de temps
error-408-text = La connexion est peut-être faible. Réessayez.
error-409 = Impossible maintenant
error-409-text = Cela a changé entre-temps. Rouvrez la page.
error-410 = Ce n’est plus là
error-410-text = Cela a été retiré.
error-412 = Cela a changé entre-temps
error-412-text = Rouvrez la page, puis décidez.
error-413 = C’est trop grand
error-413-text = Envoyez moins de photos, ou de plus petites.
error-415 = Ce n’est pas du type attendu
error-415-text = Envoyez-le avec le formulaire de la page.
error-429 = Trop à la fois
error-429-text = Attendez une minute, puis réessayez.
error-503 = Impossible pour le moment
error-503-text = Le service est occupé. Rien n’est perdu ; réessayez dans un instant.
error-500 = Un problème est survenu
error-500-text = La faute est la nôtre et a été notée. Réessayez plus tard.
error-home = Vers l’accueil
error-request = Pour toute question : { $request }
